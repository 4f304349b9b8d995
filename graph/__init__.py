"""The domain of Wattgraph: statements, lens, projection, stores, analytics and reports. It knows nothing of HTTP."""
