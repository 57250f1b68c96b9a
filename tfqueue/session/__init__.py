"""Running a graph: any nest of fetches and feeds to a plan, a plan to a step; sessions own queues and variables."""
