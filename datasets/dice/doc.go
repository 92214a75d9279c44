// Package dice runs the integrated assessment model DICE forward: world output, emissions, carbon,
// temperature and damages from a policy and five uncertain inputs, fast enough for Monte Carlo
// studies of thousands of runs.
//
// # Versions
//
// [V2016R] and [V2016R2] are Nordhaus's DICE-2016R (Nordhaus 2017, PNAS 114:1518; beta of September
// 2016) and its revision, which differ in the coefficient of damages. [V2023] is DICE-2023 (Barrage &
// Nordhaus 2024, PNAS 121:e2312030121) with its DFAIR carbon cycle. Periods are five years.
//
// Nothing is optimised: a [Policy] says how much of emissions is abated and of output saved, and
// [BasePolicy] makes one in closed form. Fed with the policies of the published optimal runs, a run
// returns their paths. The published programs also optimise under a limit of 6000 GtC on the carbon that
// industry has extracted since it began, 400 GtC by 2015 (CCA ≤ fosslim in the GAMS code of DICE-2016R). A forward
// run takes its policy as it is and has no such limit: the base run extracts 3640 GtC at its most, but 3.5 % of runs with
// inputs of Nordhaus (2018) extract more than 6000 before 2100.
//
// # Uncertainty
//
// [Version.Inputs] are the uncertain inputs and their distributions, for 2016 those of Nordhaus (2018,
// American Economic Journal: Economic Policy 10:333). [Draw] draws them, [Model.MonteCarlo] runs them
// on all cores. An economy that collapses is a [CollapseError], never a NaN.
//
// # Social cost of carbon
//
// [Model.SocialCost] adds a pulse to the emissions of a year and discounts the consumption that is
// lost, policy unchanged.
package dice
