"""How it is seen: pages for people, rendered by the service. They ask what the API asks and show what it would tell."""
