"""Classify: from patches to calibrated probabilities, and from those to the digits of a frame."""

from livedigits.classify.card import ModelCard
from livedigits.classify.classifier import Classifier, EngineName, load_classifier, softmax
from livedigits.classify.sightings import Sighting, apart, sightings_of

__all__ = [
    "Classifier",
    "EngineName",
    "ModelCard",
    "Sighting",
    "apart",
    "load_classifier",
    "sightings_of",
    "softmax",
]
