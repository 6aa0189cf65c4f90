"""Payloads with rows or boxes: bars, matrix, table, graph, note."""
