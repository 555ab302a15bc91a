"""What every feature stands on: ids, clock, errors, settings, keys, tables, outbound HTTP."""
