"""Follow: digits from frame to frame, and digits into lines of numbers."""

from livedigits.follow.lines import Lines, group_lines, text_direction
from livedigits.follow.tracks import Tracker

__all__ = ["Lines", "Tracker", "group_lines", "text_direction"]
