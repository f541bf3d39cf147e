"""The entries and questions an office keeps, and what is answered and learnt from them."""
