"""Servers that answer the same questions as this one, each as people would write it; for the benchmarks alone."""
