//! Boots the real server in-process; the server, wall and world tests.
