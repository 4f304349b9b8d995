// Nvidia's reach
// Whom does Nvidia supply, finance and guarantee under firm agreements?
// Look for the circles that two kinds of arrows reach: they buy its chips with its money, or under its guarantee.
MATCH path = (:Organization {key: 'nvidia'})-[link:SUPPLIES|INVESTS_IN|LENDS_TO|GUARANTEES|OWNS|PROVIDES_CAPACITY]->(:Organization)
WHERE link.firm
RETURN path
