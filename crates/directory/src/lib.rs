//! Organizations, users, groups, applications, agents, connections and their lifecycle.
