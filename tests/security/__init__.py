"""Threats that concern no single module: docs/security.md names these and all others."""
