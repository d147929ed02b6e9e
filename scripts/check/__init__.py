"""Checks that need no engine: nothing on a page may rot, differ or be misspelt unnoticed."""
