"""The service: GraphQL and pages over HTTP."""
