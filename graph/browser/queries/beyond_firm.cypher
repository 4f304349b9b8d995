// What may come on top
// Which options, letters and conditional contracts are in force?
// Look at the magenta and rust circles: none of their megawatts stands in a firm sum.
MATCH path = (:Organization)<-[:FROM]-(contract:Link {type: 'PROVIDES_CAPACITY'})-[:TO]->(:Organization)
WHERE contract:Option OR contract:Letter OR contract:Conditional
RETURN path
