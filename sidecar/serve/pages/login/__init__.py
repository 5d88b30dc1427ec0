"""Who is there: a login with an OpenID Connect provider, or a reverse proxy's header; and what they may do."""
