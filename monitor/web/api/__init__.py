"""The API: everything that the review pages show and do, for programs, under `/api/v1` (docs/api.md)."""
