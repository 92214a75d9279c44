# Sensitivity indices by the R package gsaot, as often as the driver says: Rscript sensitivity_peer.R TASK.
# Runs are read before; what is timed is one call for all inputs, as sensitivity-indices does.
suppressMessages(library(gsaot))
# The task's form is fixed and flat: names and plain values.
text <- commandArgs(trailingOnly = TRUE)[[1]]
field <- function(name) gsub('^"|"$', "", trimws(sub(sprintf('.*"%s": *("[^"]*"|[^,}]*).*', name), "\\1", text)))
runs <- read.csv(field("File"))
x <- runs[, c("X1", "X2", "X3")]
y <- as.matrix(runs[, c("Y1", "Y2")])
cells <- as.integer(field("Cells"))
solve <- switch(field("Method"),
  "exact" = function() ot_indices(x, y, cells, solver = "transport"),
  "gaussian" = function() ot_indices_wb(x, y, cells),
  "1d" = function() ot_indices_1d(x, y[, 1], cells))
say <- function(...) {
  cat(..., "\n", sep = "")
  flush(stdout())
}
say('{"ready": true}')
input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  times <- as.integer(line)
  if (times == 0) {
    say('{"indices": [', paste(format(found$indices, digits = 15), collapse = ", "), "]}")
    break
  }
  t <- system.time(for (k in seq_len(times)) found <- solve())
  say('{"seconds": ', if (field("CPU") == "true") t[["user.self"]] + t[["sys.self"]] else t[["elapsed"]], "}")
}
