"""Rendering in a browser, in a process of its own whose every connection passes our address rules."""
