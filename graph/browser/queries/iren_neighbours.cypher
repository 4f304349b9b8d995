// IREN and its neighbours
// Whom does IREN host, and whom does it pay?
// Look at the arrows that lead away from IREN, to its customers, with megawatts where a source states them; those that come in are deliveries, with dollars. Click an arrow to read its properties.
MATCH path = (:Organization {key: 'iren'})-[link]-(:Organization)
WHERE link.firm AND (link:PROVIDES_CAPACITY OR link.value_usd > 0)
RETURN path
