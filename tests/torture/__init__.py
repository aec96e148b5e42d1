"""Faults at random moments on a home that lives, and one checker of what may never be lost, doubled or missed."""
