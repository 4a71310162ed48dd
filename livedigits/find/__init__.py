"""Find: from a frame to the patches of everything in it that may be a digit."""

from livedigits.find.finder import Search, find, search
from livedigits.find.found import Found
from livedigits.find.marks import Candidate
from livedigits.find.patches import make_patches

__all__ = ["Candidate", "Found", "Search", "find", "make_patches", "search"]
