"""The parts of the body reader: one walk, the choice of the container, the cleaning of its blocks."""
