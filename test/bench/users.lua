-- wrk: GET of a random line of the file BENCH_PATHS, with the token BENCH_TOKEN when there is one.
local paths, headers = {}, {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
local token = os.getenv("BENCH_TOKEN")
if token and token ~= "" then headers["Authorization"] = "Bearer " .. token end
local ready = {}
local random = math.random

function init(args)
  math.randomseed(os.time())
  for i = 1, #paths do ready[i] = wrk.format("GET", paths[i], headers) end
end

function request() return ready[random(#ready)] end
