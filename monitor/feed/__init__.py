"""The live feed: every attempt of a tenant, numbered, logged and sent to whoever watches (docs/protocol.md).

    attempts_recorded ─► Broadcaster ─► FeedLog (numbers them) ─► channel layer ─► TenantFeed ─► FeedSession ─► client
                                            ▲                                                        │
                                            └────────── what a session missed is read here ──────────┘

Frames of the channel layer may be lost, late or out of order; the log never is. Nothing here decides anything about a
delivery, and nothing here can delay or fail one.
"""
