"""The command line: `wattgraph`."""
