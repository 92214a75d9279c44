# Indices by the R package gsaot 1.1.1 (transport 0.15-4) of 400 runs of its Gaussian function and a label:
#   Rscript gsaot.R          writes runs.csv and gsaot.csv here
library(gsaot)
set.seed(7)
runs <- gaussian_fun(400)
x <- as.data.frame(runs$x)
names(x) <- c("X1", "X2", "X3")
y <- runs$y
x$L <- c("low", "middle", "high")[findInterval(y[, 1] + rnorm(400, sd = 4), c(-2, 3)) + 1]
write.csv(format(cbind(x, Y1 = y[, 1], Y2 = y[, 2]), digits = 17), "runs.csv", row.names = FALSE, quote = FALSE)
read <- read.csv("runs.csv")
x <- read[, 1:4]
y <- as.matrix(read[, 5:6])
out <- data.frame()
add <- function(method, r, bound = r$bound) for (k in names(r$indices)) out <<- rbind(out, data.frame(method, input = k,
  index = r$indices[[k]], adv = if (is.null(r$adv)) NA else r$adv[[k]], bound))
add("exact", ot_indices(x, y, 10, solver = "transport"))
add("sinkhorn", ot_indices(x, y, 10, solver = "sinkhorn_log", solver_optns = list(numIterations = 1e5, epsilon = 0.01, maxErr = 1e-9, tau = 1e4)))
add("gaussian", ot_indices_wb(x, y, 10))
add("1d", ot_indices_1d(x, y[, 1], 10))
add("1d p=1", ot_indices_1d(x, y[, 1], 10, p = 1))
add("1d p=3", ot_indices_1d(x, y[, 1], 10, p = 3))
smap <- ot_indices_smap(x, y, 10)
out <- rbind(out, data.frame(method = "map Y2", input = names(x), index = smap[2, ], adv = NA, bound = NA))
out <- rbind(out, data.frame(method = "entropic bound", input = "none", index = entropic_bound(y, 10, solver = "sinkhorn"), adv = NA, bound = NA))
write.csv(format(out, digits = 15), "gsaot.csv", row.names = FALSE, quote = FALSE)
