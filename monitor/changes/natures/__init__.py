"""The natures of an edit: each rule is a small pure function `(Edit) -> findings`, named by its file."""

from monitor.changes.natures.classify import Finding, Verdict, classify

__all__ = ["Finding", "Verdict", "classify"]
