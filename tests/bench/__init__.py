"""Benchmarks: `make bench`. Each measures us and a named peer in one run, in turns, and reports medians."""
