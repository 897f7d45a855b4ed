//! Resource-server verification as a tower layer, with the feed of revocation marks.
