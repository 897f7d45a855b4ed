//! The stories: a world of mock systems and scripted agents, over HTTP only.
