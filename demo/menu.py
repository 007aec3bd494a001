"""The menu: items with a category and a price, options that go with them, discounts.

Prices are whole cents at price level 0 in the first year; they rise once a year and differ by the
restaurant's price level, so that one item has a handful of prices, as in a real feed.
"""

from dataclasses import dataclass

DAYPARTS = ("Breakfast", "Lunch", "Afternoon", "Dinner", "Late Night")
HOURS = ((6.0, 10.8), (11.0, 14.6), (15.0, 17.0), (17.0, 21.0), (21.0, 25.2))  # local clock


@dataclass(frozen=True)
class Item:
    """One item; `appeal` is its weight in each of the five dayparts."""

    name: str
    category: str
    cents: int
    appeal: tuple[int, int, int, int, int]


@dataclass(frozen=True)
class OptionGroup:
    """Choices that an item of `categories` may come with; `share` of lines take one of them."""

    name: str
    categories: tuple[str, ...]
    share: float
    choices: tuple[tuple[str, int], ...]


ITEMS = (
    Item("House Coffee", "Hot Drinks", 295, (30, 8, 14, 4, 3)),
    Item("Cappuccino", "Hot Drinks", 425, (22, 7, 16, 4, 2)),
    Item("Café Latte", "Hot Drinks", 465, (22, 7, 14, 3, 2)),
    Item("Matcha Latte (V)", "Hot Drinks", 525, (8, 4, 10, 2, 1)),
    Item("Hot Chocolate", "Hot Drinks", 445, (5, 2, 7, 5, 5)),
    Item("Iced Tea", "Cold Drinks", 325, (3, 14, 14, 12, 6)),
    Item("Fresh Lemonade", "Cold Drinks", 375, (2, 12, 14, 12, 6)),
    Item("Cold Brew", "Cold Drinks", 475, (10, 8, 14, 3, 2)),
    Item("Water Cup", "Cold Drinks", 0, (3, 6, 4, 5, 3)),
    Item("Egg & Cheese Biscuit", "Breakfast", 595, (26, 2, 0, 0, 4)),
    Item("Buttermilk Pancakes", "Breakfast", 895, (14, 2, 0, 0, 2)),
    Item("Avocado Toast (VG)*", "Breakfast", 995, (12, 4, 1, 0, 0)),
    Item("Granola Bowl", "Breakfast", 745, (10, 2, 1, 0, 0)),
    Item("Classic Burger", "Burgers", 1095, (0, 22, 5, 24, 18)),
    Item("Double Burger", "Burgers", 1445, (0, 12, 3, 18, 16)),
    Item("Veggie Burger (VG)", "Burgers", 1145, (0, 9, 2, 9, 6)),
    Item("Crispy Chicken Sandwich", "Burgers", 1195, (1, 18, 4, 18, 12)),
    Item("Cobb Salad", "Salads", 1295, (0, 15, 3, 10, 2)),
    Item("Caesar Salad", "Salads", 1095, (0, 16, 3, 9, 2)),
    Item("Harvest Bowl", "Salads", 1345, (0, 13, 3, 8, 1)),
    Item("French Fries", "Sides", 395, (1, 22, 7, 24, 20)),
    Item('Onion Rings "XL"', "Sides", 495, (0, 8, 4, 10, 10)),
    Item("Mac, Cheese & Bacon", "Sides", 695, (0, 6, 2, 11, 8)),
    Item("Chocolate Chip Cookie", "Desserts", 275, (4, 8, 14, 8, 6)),
    Item("Cheesecake", "Desserts", 645, (0, 3, 8, 10, 6)),
    Item("Crème Brûlée", "Desserts", 745, (0, 2, 4, 8, 4)),
    Item("Family Feast", "Catering", 4995, (0, 2, 0, 5, 1)),
    Item("Sandwich Platter", "Catering", 8995, (1, 3, 0, 1, 0)),
    Item("Gift Card", "", 2500, (1, 1, 2, 1, 0)),
)

OPTION_GROUPS = (
    OptionGroup("Size", ("Hot Drinks", "Cold Drinks"), 0.55,
                (("Small", 0), ("Medium", 50), ("Large", 100))),
    OptionGroup("Milk", ("Hot Drinks",), 0.35,
                (("Oat Milk", 80), ("Almond Milk", 80), ("Whole Milk", 0), ("Skim Milk", 0))),
    OptionGroup("Extra Shot", ("Hot Drinks",), 0.12, (("Espresso Shot", 95),)),
    OptionGroup("Add-ons", ("Burgers", "Breakfast"), 0.38,
                (("Bacon", 195), ("Cheddar", 125), ("Fried Egg", 150), ("Avocado", 225))),
    OptionGroup("Remove", ("Burgers", "Salads"), 0.24,
                (("No Onion", 0), ("No Tomato", 0), ("No Dressing", 0))),
    OptionGroup("Dressing", ("Salads",), 0.70,
                (("Ranch, on the side", 0), ("Vinaigrette, on the side", 0), ("Truffle", 150))),
    OptionGroup("Dip", ("Sides",), 0.45,
                (("Ketchup", 0), ("Aioli", 75), ("Sweet, Hot & Sour", 75))),
    OptionGroup("Wrapping", ("Catering",), 0.30, (("Gift Wrap", 300), ("Plates & Cutlery", 0))),
)  # fmt: skip

DISCOUNT_GROUP = "Promotion"
DISCOUNTS = ("Happy Hour 15%", "Welcome Coupon", "Loyalty Reward", "Festival Week 20%")


def list_options() -> list[tuple[str, str, int]]:
    """Every (group, option, cents) in the order of their numbers; the discounts come last."""
    options = [(g.name, name, cents) for g in OPTION_GROUPS for name, cents in g.choices]
    return options + [(DISCOUNT_GROUP, name, 0) for name in DISCOUNTS]


def price_cents(cents: int, level: int, year: int) -> int:
    """An item's price after `year` rises of 4 % at a price level (each is 5 % dearer)."""
    if cents == 0:
        return 0
    raised = cents * (1 + 0.04 * year) * (1 + 0.05 * level)
    return max(5, round(raised / 5) * 5)
