"""The room of dashboards: what is drawn from the series that `tfqueue.summaries` serves. It holds no dashboard yet."""
