// Circular money
// Who invests in a company that buys from the investor?
// Look at pairs with arrows there in two colours: money goes in (rust), chips or capacity follow (dark), and payments come back. Every leg is firm and in force today.
MATCH path = (investor:Organization)-[stake:INVESTS_IN]->(company:Organization)
WHERE stake.firm AND EXISTS { (investor)-[sale:SUPPLIES|PROVIDES_CAPACITY]->(company) WHERE sale.firm }
MATCH back = (investor)-[sale:SUPPLIES|PROVIDES_CAPACITY]->(company) WHERE sale.firm
RETURN path, back
