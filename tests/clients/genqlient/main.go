// Asks a service by the code that genqlient generates: JSON of what it sent and what it decoded, one entry per question.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"

	"github.com/Khan/genqlient/graphql"
)

type exchange struct {
	Name       string            `json:"name"`
	Method     string            `json:"method"`
	Body       json.RawMessage   `json:"body,omitempty"`
	Parameters map[string]string `json:"parameters,omitempty"`
	Data       any               `json:"data"`
	Error      string            `json:"error,omitempty"`
}

// recorder keeps the last request as it leaves the client.
type recorder struct{ last exchange }

func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	r.last = exchange{Method: request.Method}
	if request.Method == http.MethodGet {
		r.last.Parameters = map[string]string{}
		for name, values := range request.URL.Query() {
			r.last.Parameters[name] = values[0]
		}
		return http.DefaultClient.Do(request)
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	r.last.Body = body
	request.Body = io.NopCloser(bytes.NewReader(body))
	return http.DefaultClient.Do(request)
}

func to[T any](value T) *T { return &value }

type question struct {
	name string
	ask  func(context.Context, graphql.Client) (any, error)
}

func typeIs(one LinkType) *LinkTypeFilter { return &LinkTypeFilter{Eq: &one} }

// What is set here is all that a person wrote; genqlient sends the other fields of every input as null.
func firmContractsOf(provider string) *LinkWhere {
	return &LinkWhere{
		Type:       typeIs(LinkTypeProvidesCapacity),
		Source:     &EntityWhere{Key: &KeyFilter{Eq: &provider}},
		Status:     &LinkStatusFilter{In: []LinkStatus{LinkStatusSigned, LinkStatusActive}},
		Commitment: &CommitmentFilter{Eq: to(CommitmentFirm)},
	}
}

var questions = []question{
	{"everything is null", func(c context.Context, client graphql.Client) (any, error) {
		return Contracts(c, client, nil, to(1), nil)
	}},
	{"filters of every kind", func(c context.Context, client graphql.Client) (any, error) {
		return Contracts(c, client, firmContractsOf("iren"), nil, nil)
	}},
	{"nested filters", func(c context.Context, client graphql.Client) (any, error) {
		return Contracts(c, client, &LinkWhere{
			Or: []LinkWhere{
				{Capacity: &CapacityFilter{Basis: CapacityBasisCriticalIt, Mw: &FloatFilter{Gte: to(200.0)}}},
				{ValueUsd: &FloatFilter{Gte: to(9e9)}},
			},
			Not:       &LinkWhere{Disputed: &BooleanFilter{Eq: to(true)}},
			And:       []LinkWhere{*firmContractsOf("iren")},
			Announced: &PartialDateFilter{Gte: to("2025-01-01")},
		}, to(10), nil)
	}},
	{"links of an organization", func(c context.Context, client graphql.Client) (any, error) {
		return Organizations(c, client, &OrganizationWhere{
			Country: &TextFilter{Eq: to("AU")},
			Links:   &LinksFilter{Some: &LinkedWhere{Link: &LinkWhere{Type: typeIs(LinkTypeProvidesCapacity)}}},
		})
	}},
	{"a lens", func(c context.Context, client graphql.Client) (any, error) {
		return AsOf(c, client, &LensInput{KnownOn: to("2025-11-30")}, "iren-microsoft-cloud")
	}},
	{"a scope", func(c context.Context, client graphql.Client) (any, error) {
		return CapacityByProvider(c, client, []CapacityGroup{CapacityGroupProvider}, &Scope{
			Layer: to(LayerShell), Basis: to(CapacityBasisCriticalIt), Where: firmContractsOf("hut8"),
		})
	}},
	{"arguments that are null", func(c context.Context, client graphql.Client) (any, error) {
		return Arguments(c, client, "iren-microsoft-cloud", nil, nil, nil)
	}},
	{"an order without its empty fields", func(c context.Context, client graphql.Client) (any, error) {
		return Ordered(c, client, []OrganizationOrder{{LinkCount: to(SortDirectionDesc)}, {Name: to(SortDirectionAsc)}}, to(3))
	}},
	{"an order with its empty fields", func(c context.Context, client graphql.Client) (any, error) {
		return OrderedWithNulls(c, client, []LinkOrder{{ValueUsd: to(SortDirectionDesc)}})
	}},
}

func main() {
	recorder := &recorder{}
	var exchanges []exchange
	add := func(name string, data any, err error) {
		recorder.last.Name, recorder.last.Data = name, data
		if err != nil {
			recorder.last.Error = err.Error()
		}
		exchanges = append(exchanges, recorder.last)
	}
	client := graphql.NewClient(os.Args[1], recorder)
	for _, one := range questions {
		data, err := one.ask(context.Background(), client)
		add(one.name, data, err)
	}
	data, err := questions[1].ask(context.Background(), graphql.NewClientUsingGet(os.Args[1], recorder))
	add(questions[1].name+", by GET", data, err)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(exchanges); err != nil {
		panic(err)
	}
}
