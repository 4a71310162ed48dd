"""Learn: handwriting made by rule, scenes of it, and models trained with it."""
