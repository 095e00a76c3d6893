"""The exported metrics.

`attempts`    what is counted of attempts and deliveries, in the process that records them
`gauges`      what is read from the database when somebody scrapes
`store`       where counts are kept so that one scrape tells those of all processes: files (`slots`) or Redis (`totals`)
`exposition`  all of it together
"""
