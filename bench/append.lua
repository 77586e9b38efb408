-- Appends to one of `streams` streams, chosen at random, `events` events of about 200 bytes a request.
-- wrk … -s append.lua URL -- <streams> <events>
local requests = {}

function init(args)
   local streams = tonumber(args[1])
   local events = tonumber(args[2])
   math.randomseed(4711)
   for s = 1, streams do
      local list = {}
      for e = 1, events do
         -- 200 bytes of data, the same as the other side of each comparison stores.
         local text = string.rep("x", 119) .. string.format("%08d%08d", s, e)
         list[e] = '{"eventType":"ItemAdded","data":{"customer":"customer-4711","item":"' .. text
            .. '","quantity":1,"price":19.90}}'
      end
      requests[s] = wrk.format("POST", "/v1/streams/Order/order-" .. s .. "/events",
         { ["Content-Type"] = "application/json" }, "[" .. table.concat(list, ",") .. "]")
   end
end

function request()
   return requests[math.random(#requests)]
end

function done(summary, latency, rates)
   local errors = summary.errors
   io.write(string.format("RESULT requests=%d micros=%d connect=%d read=%d write=%d status=%d timeout=%d p50=%d p99=%d\n",
      summary.requests, summary.duration, errors.connect, errors.read, errors.write, errors.status, errors.timeout,
      latency:percentile(50), latency:percentile(99)))
end
