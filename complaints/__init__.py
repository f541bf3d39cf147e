"""Domain: petitions (人民陳情), from intake to closing, with their deadlines."""
