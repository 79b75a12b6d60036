"""A shop's back office in one process: SQLite in a file with a write-ahead log, and customers as objects in memory.

interpreter.py SEED
"""
import json
import sqlite3
import sys

from words import Words

CUSTOMERS = 30_000
ORDERS = 60_000
BATCH = 500

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA cache_size = -32768;
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, placed TEXT, status TEXT, total REAL, body TEXT);
CREATE TABLE items (sku TEXT, orders INTEGER, count INTEGER, price REAL);
CREATE INDEX by_customer ON orders (customer, placed);
CREATE INDEX by_sku ON items (sku);
"""


class Customer:
    def __init__(self, record: dict):
        self.__dict__.update(record)
        self.orders, self.spent = [], 0.0


class Office:
    def __init__(self, seed: int):
        self.words = Words(seed)
        self.customers = {number: Customer(self.words.customer(number)) for number in range(CUSTOMERS)}
        self.database = sqlite3.connect("shop.db")
        self.database.executescript(SCHEMA)
        self.placed = 0

    def place(self, count: int):
        """Orders arrive, in one transaction."""
        orders = [self.words.order(self.placed + at, CUSTOMERS) for at in range(count)]
        self.placed += count
        with self.database as transaction:
            transaction.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", [
                (o["id"], o["customer"], o["placed"], o["status"], o["total"], json.dumps(o)) for o in orders])
            transaction.executemany("INSERT INTO items VALUES (?, ?, ?, ?)", [
                (item["sku"], o["id"], item["count"], item["price"]) for o in orders for item in o["items"]])
        for order in orders:
            customer = self.customers[order["customer"]]
            customer.orders.append(order["id"])
            customer.spent += order["total"]

    def serve(self, count: int):
        """Customers look at their orders, and some send one back."""
        for _ in range(count):
            customer = self.words.random.randrange(CUSTOMERS)
            rows = self.database.execute("SELECT id, body FROM orders WHERE customer = ? ORDER BY placed", (customer,)).fetchall()
            orders = [json.loads(body) for _, body in rows]
            if orders and self.words.random.random() < 0.2:
                order = self.words.random.choice(orders)
                order.update(status="returned", note=self.words.text(5, 40))
                with self.database as transaction:
                    transaction.execute("UPDATE orders SET status = ?, body = ? WHERE id = ?",
                                        (order["status"], json.dumps(order), order["id"]))

    def report(self):
        """What the office asks in between: part of it by the database, part in Python."""
        self.database.execute("SELECT sku, SUM(count * price) AS sold FROM items WHERE orders % 16 = ? GROUP BY sku "
                              "ORDER BY sold DESC LIMIT 20", (self.words.random.randrange(16),)).fetchall()
        best = sorted(self.customers.values(), key=lambda customer: customer.spent, reverse=True)[:100]
        return json.dumps([vars(customer) for customer in best])

    def work(self):
        self.place(60)
        self.serve(60)


def main():
    office = Office(int(sys.argv[1]))
    while office.placed < ORDERS:
        office.place(BATCH)
    for rounds in range(1_000_000_000):
        office.work()
        if rounds % 8 == 0:
            office.report()
        if rounds == 10:
            with open("/dev/ttyS1", "w") as outside:
                outside.write("warm\n")


if __name__ == "__main__":
    main()
