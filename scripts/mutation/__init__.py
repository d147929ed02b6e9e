"""Mutation: what pages promise is damaged on purpose, and every damage must be noticed."""
