# Run-to-run spread of the indices in the README of the R package gsaot: 1000 runs of its Gaussian function, 25 cells, by gsaot 1.1.1
# (transport 0.15-4) with its default options. The README's numbers are of one run without a seed.
#   Rscript spread.R          writes spread.csv here
library(gsaot)
samples <- 20
found <- list()
for (seed in seq_len(samples)) {
  set.seed(seed)
  runs <- gaussian_fun(1000)
  x <- as.data.frame(runs$x)
  names(x) <- c("X1", "X2", "X3")
  results <- list(sinkhorn = ot_indices(x, runs$y, 25), exact = ot_indices(x, runs$y, 25, solver = "transport"),
    gaussian = ot_indices_wb(x, runs$y, 25))
  for (method in names(results)) {
    r <- results[[method]]
    add <- function(part, values) for (k in names(values))
      found[[length(found) + 1]] <<- data.frame(method, part, input = k, value = values[[k]])
    add("index", r$indices)
    if (!is.null(r$adv)) { add("advective", r$adv); add("diffusive", r$diff) }
  }
}
found <- do.call(rbind, found)
spread <- aggregate(value ~ input + part + method, found, function(v) c(mean = mean(v), sd = sd(v), n = length(v)))
out <- data.frame(spread[c("method", "part", "input")], format(as.data.frame(spread$value), digits = 6))
write.csv(out, "spread.csv", row.names = FALSE, quote = FALSE)
