"""Decide: pure rules that are given the time and the facts and fetch nothing."""
