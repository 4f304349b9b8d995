// Contracts as circles
// Which sites, chips and deals belong to the contracts of IREN?
// Look at the dark circles: contracts, larger with more megawatts. Dark blue is firm, dark grey states no commitment, rust is conditional, magenta an option, pale grey has lapsed.
MATCH path = (:Organization {key: 'iren'})<-[:FROM]-(contract:Link {type: 'PROVIDES_CAPACITY'})-[:TO|AT|WITH_CHIP|PART_OF]->()
RETURN path
