// What may come on top
// Which options, letters and conditional contracts are in force?
// Look at the magenta and rust circles (letters state no commitment and are grey): none of their megawatts stands in a firm sum.
MATCH path = (:Organization)<-[:FROM]-(contract:Link {type: 'PROVIDES_CAPACITY'})-[:TO]->(:Organization)
WHERE contract.in_force AND (contract:CommitmentOption OR contract:CommitmentConditional OR contract.status = 'LETTER')
RETURN path
