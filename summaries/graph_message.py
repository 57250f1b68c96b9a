"""A graph as TensorBoard reads it: tfqueue's light GraphDef made a compiled message."""

from typing import Any

from tfqueue.framework import messages


def graph_message(graph: Any, graph_def: Any = None) -> Any:
    """The compiled GraphDef of a `Graph`, of its light `GraphDef`, or of anybody's compiled one.

    Raises ValueError when both are given, TypeError when what is given is neither kind.
    """
    if graph is not None and graph_def is not None:
        raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
    given = graph if graph is not None else graph_def
    definition = given.as_graph_def() if hasattr(given, "as_graph_def") else given
    if not hasattr(definition, "node"):
        raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")
    if hasattr(definition, "SerializeToString"):
        return messages.GraphDef.FromString(definition.SerializeToString())
    return messages.from_text("GraphDef", str(definition))
