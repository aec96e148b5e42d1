"""The log of evidence: what was stored, sealed so that nobody can alter it unseen, and still can be forgotten."""
