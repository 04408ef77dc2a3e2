# The whole chain, as a play.

$ vanne demo --story
