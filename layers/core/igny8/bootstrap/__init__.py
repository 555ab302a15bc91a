"""The only place that picks concrete parts: one module a function, each made once a process."""
