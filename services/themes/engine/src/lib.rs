//! Theme analysis without a service: text in; statements, themes, names, stance and figures of their accuracy out. Pure:
//! no IO, no clock, and the same bytes from the same input on one thread or many.
