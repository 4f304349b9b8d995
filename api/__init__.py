"""The service: GraphQL over the graph, health, the landing page. Nothing is wired at import time."""
