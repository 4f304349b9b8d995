"""The service: GraphQL over the graph, reports, pages, health. Nothing is wired at import time."""
