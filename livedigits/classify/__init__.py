"""Classify: from patches to calibrated probabilities, and from those to the digits of a frame."""

from livedigits.classify.card import ModelCard
from livedigits.classify.classifier import Classifier, softmax
from livedigits.classify.form import InputForm, ModelPolarity, Scaling
from livedigits.classify.formats import LoadedModel, load_model
from livedigits.classify.loading import EngineName, load_classifier
from livedigits.classify.options import ModelOptions
from livedigits.classify.recall import Recall
from livedigits.classify.sightings import Fate, Sightings, apart, sightings_of

__all__ = [
    "Classifier",
    "EngineName",
    "Fate",
    "InputForm",
    "LoadedModel",
    "ModelCard",
    "ModelOptions",
    "ModelPolarity",
    "Recall",
    "Scaling",
    "Sightings",
    "apart",
    "load_classifier",
    "load_model",
    "sightings_of",
    "softmax",
]
