// Package climate projects the GDP per capita of countries to 2100 with and without damages by warming:
// pairs of clouds whose condition is a socio-economic pathway (SSP) and a year.
//
// # Worlds
//
// A [World] is a set of countries with their mean temperature, how fast they warm for a degree of global
// warming, and GDP per capita and population under each SSP. [Read] makes one from the public tables of the
// SSP database and of the replications of Burke, Hsiang & Miguel (2015) and Ricke et al. (2018); [Synthetic]
// draws countries that are distributed as those of the tables are, and ships.
//
// # Damages
//
// [Damage] names a published estimate of what warming does to output, with its coefficients and, where it was
// bootstrapped, their spread. [World.Project] runs a world under an SSP and one [Draw] of all that is uncertain.
//
// # Tasks
//
// [World.Task] makes the task of a conditional transport map: from log GDP per capita without damages to that
// with damages, a condition for each SSP and year, some of them held out. Every row is one country in one
// draw, in the same order in all clouds, so that a country can be followed over the years.
package climate
