"""A small corpus of our own words: quarterly reports of the divisions of a company that does not exist, in sections of one
chunk each. The same on every run."""

import itertools

DIVISIONS = [
    "Harbor Cranes", "Cold Storage", "River Ferries", "Night Trains", "City Bicycles", "Parcel Drones", "Rooftop Solar",
    "Tidal Power", "Heat Pumps", "Wind Blades", "Bakery Ovens", "Coffee Roasting", "Dairy Farms", "Seed Banks",
    "Greenhouses", "Hearing Aids", "Eyeglasses", "Dental Tools", "Ambulance Fleet", "School Meals", "Public Libraries",
    "Museum Tickets", "Concert Halls", "Board Games", "Garden Furniture",
]
QUARTERS = ["Q1", "Q2", "Q3", "Q4"]

SECTIONS = {
    "results": [
        "Revenue of {division} in {quarter} rose by {n} percent because {cause}.",
        "{division} earned less in {quarter} than planned: {n} percent of the orders were lost since {cause}.",
        "In {quarter} the margin of {division} held at {n} percent although {cause}.",
    ],
    "people": [
        "{division} hired {n} people in {quarter}, most of them technicians who had worked for suppliers.",
        "{n} employees left {division} in {quarter}; in interviews they named shift work and long commutes.",
        "The works council and {division} agreed in {quarter} on a four-day week for {n} staff.",
    ],
    "incidents": [
        "A fire in the workshop of {division} in {quarter} injured nobody and stopped production for {n} days.",
        "In {quarter} {division} reported {n} accidents; a guard rail was missing at the loading ramp.",
        "Thieves took {n} copper cables from the yard of {division} in {quarter}; the cameras have been replaced.",
    ],
    "customers": [
        "Customers of {division} complained {n} times in {quarter}, mainly about late deliveries.",
        "A survey in {quarter} says that {n} of a hundred customers would recommend {division} to a friend.",
        "{division} won a public tender in {quarter} that will bring {n} new sites within two years.",
    ],
    "technology": [
        "{division} moved its planning software to the new data center in {quarter} with {n} hours of downtime.",
        "A prototype that {division} tested in {quarter} uses {n} percent less electricity than its predecessor.",
        "Sensors that {division} installed in {quarter} predict {n} percent of all failures a week ahead.",
    ],
    "outlook": [
        "For the time after {quarter} {division} expects {n} percent growth if {cause}.",
        "{division} will close {n} of its smaller branches after {quarter} and invest in training instead.",
        "After {quarter} {division} plans to borrow for a new plant, with {n} months until the first delivery.",
    ],
}
CAUSES = [
    "steel became cheaper",
    "the winter was mild",
    "two competitors left the market",
    "the port was closed for a month",
    "interest rates fell",
    "spare parts were hard to get",
    "the new contract began early",
]

QUESTIONS = [
    "How did revenue develop, and why?",
    "How many people were hired?",
    "Why did employees leave?",
    "Were there accidents or fires?",
    "Was anything stolen?",
    "What do customers complain about?",
    "Did we win a public tender?",
    "How long was the downtime of the software?",
    "Which prototype saves electricity?",
    "Can failures be predicted?",
    "What growth is expected?",
    "Will branches be closed?",
]


def chunks():
    """(number, division, quarter, section, text)"""
    number = 0
    for at, (division, quarter) in enumerate(itertools.product(DIVISIONS, QUARTERS)):
        for place, (section, sentences) in enumerate(SECTIONS.items()):
            number += 1
            pick = at * 7 + place * 3
            text = sentences[pick % len(sentences)].format(
                division=division, quarter=quarter, n=2 + pick % 41, cause=CAUSES[pick % len(CAUSES)]
            )
            yield number, division, quarter, section, text
